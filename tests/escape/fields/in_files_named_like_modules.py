# expect: output 1
# dialect: program
# fields: "outputs": true, "usage": true, "files": {"json.py": "1/0", "os.py": "1/0", "io.py": "1/0", "traceback.py": "1/0", "site.py": "1/0", "sitecustomize.py": "1/0", "usercustomize.py": "1/0", "encodings/__init__.py": "1/0", "_executor_result.py": "1/0", "_executor_report.py": "1/0", "python311._pth": "x"}
# Files of the request that Python, or what reports on the run, could take for modules.
print(1)
