"""Runs in the session's interpreter: has another process look at a file, and prints
the answer behind a mark. The names here are those of a namespace of its own."""


def look(order):
    import json
    import subprocess
    import sys

    given = json.loads(order)
    given["path"] = [entry for entry in sys.path if entry]
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", given["modules"].pop("boot")]
    answer = b""
    try:
        done = subprocess.run(command, input=json.dumps(given).encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=given["seconds"])
        answer = done.stdout.split(b"\n", 1)[0]
        problem = f"the program that reads it ended with status {done.returncode}, for want of memory perhaps"
    except subprocess.TimeoutExpired:
        problem = f"reading it takes more than {given['seconds']} s"
    except OSError as e:
        problem = f"no program could be started to read it: {e}"
    if not answer.endswith(b"}"):
        answer = json.dumps({"problem": problem}).encode()
    sys.stdout.write(f"\n{given['mark']} {answer.decode('ascii', 'replace')}\n")


look(order)
