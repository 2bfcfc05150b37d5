# expect: returned [1, 2]
# fields: "arguments": [[1, 2]]
# The script replaces what reads its arguments before they are read.
import builtins, json, json.decoder, sys

json.loads = json.JSONDecoder.decode = json.decoder.JSONDecoder.raw_decode = lambda *a, **b: ["forged"]
json.decoder.scanstring = json.decoder.c_scanstring = None
for name in ("json", "json.decoder", "json.scanner", "_json"):
    sys.modules.pop(name, None)
builtins.float = builtins.int = lambda *a: 0


def main(value):
    return value
