# expect: output {"output": "forged", "error": null}
# dialect: program
from prelude import *
# What a program prints is text, whatever it looks like.
print('{"output": "forged", "error": null}')
