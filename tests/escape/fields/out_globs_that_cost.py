# expect: output done
# dialect: program
# timeout: 20
# fields: "outputs": ["*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "**/**/**/**/**/**/**/**/**/**/**/**/b", "[[[[[[[[[[[[", "\\"]
# files: {}
# Patterns that take exponential time on long names and deep paths.
import os

os.makedirs("a/" * 25)
for i in range(200):
    open("a" * 200 + str(i), "w").close()
print("done")
