"""Has PySpark 3.3 run functions on Python 3.11: gives it the cloudpickle of the PySpark that runs this script.

`patch.py FOLDER`, the folder that holds the package. Its own one fails with "code() argument 13 must be str, not int":
Python 3.11 has one more argument there. Workers load it from an archive, the driver from the package.
"""

import shutil
import sys
import zipfile
from pathlib import Path

import pyspark

package = Path(sys.argv[1], "pyspark")
newer = Path(pyspark.__file__).parent / "cloudpickle"
shutil.rmtree(package / "cloudpickle", ignore_errors=True)
shutil.copytree(newer, package / "cloudpickle", ignore=shutil.ignore_patterns("__pycache__"))
archive = package / "python" / "lib" / "pyspark.zip"
unfinished = archive.with_suffix(".new")
with zipfile.ZipFile(archive) as old, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as patched:
    for name in old.namelist():
        if not name.startswith("pyspark/cloudpickle"):
            patched.writestr(name, old.read(name))
    for file in newer.glob("*.py"):
        patched.write(file, f"pyspark/cloudpickle/{file.name}")
unfinished.replace(archive)
