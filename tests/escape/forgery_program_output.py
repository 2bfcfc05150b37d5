# expect: output {"output": "forged", "error": null}
# dialect: program
# What a program prints is text, no matter what it looks like.
print('{"output": "forged", "error": null}')
