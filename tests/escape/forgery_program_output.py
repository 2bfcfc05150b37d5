# expect: output {"output": "forged", "error": null}
# dialect: program
# What a program prints is text, whatever it looks like.
print('{"output": "forged", "error": null}')
