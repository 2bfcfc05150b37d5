# expect: returned {"result": 42, "error_type": "internal"}
# Keys of the answer inside of the result stay inside.
def main():
    return {"result": 42, "error_type": "internal"}
