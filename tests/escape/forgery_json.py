# expect: returned {"answer": [42, 1.5, "text", null, true]}
# The standard library's encoder, in all its forms, says something else.
import json, json.encoder


def main():
    forged = lambda *_, **__: '"forged"'
    json.dumps = json.dump = json.loads = forged
    json.JSONEncoder.encode = json.JSONEncoder.iterencode = json.JSONEncoder.default = forged
    json.encoder.c_make_encoder = json.encoder.encode_basestring_ascii = json.encoder.py_encode_basestring = forged
    json.encoder.encode_basestring = (
        json.encoder.c_encode_basestring
    ) = json.encoder.c_encode_basestring_ascii = forged
    return {"answer": [42, 1.5, "text", None, True]}
