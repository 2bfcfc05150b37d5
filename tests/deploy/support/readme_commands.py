"""The commands with which people try the service, as the documents that describe its API show them,
and what is to come back. The deployed addresses in them stand for the container's."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[3] / "docs"


def commands_under(page, heading, block=0):
    """The commands of a block of shell commands (`block` counts them) under a heading of a page in
    docs/, each as one text, comments left out."""
    text = (DOCS / page).read_text().split(f"\n{heading}\n", 1)[1]
    text = re.split(r"\n##", text, maxsplit=1)[0]
    commands = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)[block].replace("\\\n", "")
    return [line for line in commands.splitlines() if line and not line.startswith("#")]


EXECUTE = 'curl -X POST {url}/execute -H "Content-Type: application/json" -d '

COMMANDS = [
    # Whole objects over several lines.
    (
        """'{
    "script": "def main():\\n    return {\\"message\\": \\"Hello World\\", \\"number\\": 42}"
  }'""",
        {"result": {"message": "Hello World", "number": 42}, "stdout": ""},
    ),
    (
        """'{
    "script": "def main():\\n    print(\\"Processing...\\")\\n    return \\"Done\\""
  }'""",
        {"result": "Done", "stdout": "Processing...\n"},
    ),
    (
        """'{
    "script": "import pandas as pd\\ndef main():\\n    df = pd.DataFrame({\\"a\\": [1,2,3]})\\n    return df.to_dict()"
  }'""",
        {"result": {"a": {"0": 1, "1": 2, "2": 3}}, "stdout": ""},
    ),
    (
        """'{
  "script": "def main():\\n    result = 2 + 2\\n    print(\\"Calculation completed!\\")\\n    return {\\"calculation\\": \\"2 + 2\\", \\"result\\": result}"
}'""",
        {
            "result": {"calculation": "2 + 2", "result": 4},
            "stdout": "Calculation completed!\n",
        },
    ),
    (
        """'{
  "script": "import numpy as np\\nimport pandas as pd\\ndef main():\\n    print(\\"Creating a pandas DataFrame...\\")\\n    s = pd.Series([1, 3, 5, np.nan, 6, 8])\\n    print(\\"DataFrame created!\\")\\n    return {\\"sum\\": s.sum(), \\"is_json\\": True}"
}'""",
        {
            "result": {"sum": 23.0, "is_json": True},
            "stdout": "Creating a pandas DataFrame...\nDataFrame created!\n",
        },
    ),
    (
        """'{"script": "def main(): return {\\"message\\": \\"Hello World\\", \\"result\\": 42}"}'""",
        {"result": {"message": "Hello World", "result": 42}, "stdout": ""},
    ),
    # Raw newlines inside of a string.
    (
        """'{
    "script": "
import pandas as pd
import numpy as np

def main():
    df = pd.DataFrame({\\"A\\": [1, 2, 3], \\"B\\": [4, 5, 6]})
    return {
        \\"shape\\": df.shape,
        \\"sum\\": df.sum().to_dict(),
        \\"mean\\": df.mean().to_dict()
    }
"
  }'""",
        {
            "result": {
                "shape": [3, 2],
                "sum": {"A": 6, "B": 15},
                "mean": {"A": 2.0, "B": 5.0},
            },
            "stdout": "",
        },
    ),
    (
        """'{
    "script": "def main():\\n    raise ValueError(\\"This is a test error\\")"
  }'""",
        {"error": "ValueError: This is a test error", "error_type": "exception"},
    ),
    (
        """'{
           "code": "print(\\"Hello, World!\\")\\nresult = sum(range(10))\\nprint(f\\"Sum: {result}\\")",
           "timeout": 5
         }'""",
        {"output": "Hello, World!\nSum: 45\n", "error": None},
    ),
]
HEALTH = "curl {url}/health"
