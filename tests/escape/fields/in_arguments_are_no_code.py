# expect: returned ["", "__builtins__", "__class__", "__import__('os')", "a b", "self"]
# fields: "arguments": {"__class__": 1, "self": 2, "__builtins__": null, "a b": [], "": {"__reduce__": ["os.system", ["id"]]}, "__import__('os')": 0}
# Names and values that look like code, or like an object's own.
def main(**arguments):
    assert arguments[""] == {"__reduce__": ["os.system", ["id"]]}
    return sorted(arguments)
