# expect: output ['-c', '--', '-m', '$(id)', '']
# dialect: program
# fields: "argv": ["-c", "--", "-m", "$(id)", ""]
# Arguments that an interpreter, or a shell, would take for its own.
import sys

print(sys.argv[1:])
