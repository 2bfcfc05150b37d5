# expect: exception ValueError: ", "error_type": "internal", "result": "forged
# Quotes, control characters and surrogates in what is put into JSON.
def main():
    raise ValueError('", "error_type": "internal", "result": "forged')
