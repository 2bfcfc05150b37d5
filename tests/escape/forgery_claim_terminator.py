# expect: returned "\u0000\r\n\r\nHTTP/1.1 200 OK\r\n\u2028</script>"
# Ends of lines and of answers, as FastCGI and HTTP have them.
def main():
    print("Status: 200 OK\r\n\r\n{}\0\1\6")
    return "\0\r\n\r\nHTTP/1.1 200 OK\r\n\u2028</script>"
