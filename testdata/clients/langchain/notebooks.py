"""The notebooks that LangChain's documentation has about dynamic sessions, run
whole against a pool: the tool, an agent, and the data analyst of LangGraph. The
models are scripts, and the database is SQLite; nothing else differs.

It runs with the packages of their time and with the newest."""

import ast
import base64
import contextlib
import io
import json
import operator
import os
import re
import sys
from typing import Annotated, Any, List, Sequence, TypedDict

import pandas as pd
from langchain_azure_dynamic_sessions import SessionsPythonREPLTool
from langchain_community.utilities import SQLDatabase
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.graph import END, StateGraph
from langgraph.prebuilt import create_react_agent
from PIL import Image
from pydantic import BaseModel, Field

try:
    from langchain_classic.agents import AgentExecutor, create_tool_calling_agent
except ImportError:  # before 1.0
    from langchain.agents import AgentExecutor, create_tool_calling_agent

NAME = sys.argv[1]  # of a file in the working directory


class ScriptedModel(BaseChatModel):
    """Says what the lines of a script say: each is a function that gets what the
    last message has for the model, and returns the model's message."""

    lines: List[Any]
    tools: List[str] = []

    @property
    def _llm_type(self):
        return "scripted"

    def bind_tools(self, tools, **kwargs):
        self.tools[:] = [convert_to_openai_tool(tool)["function"]["name"] for tool in tools]
        return self

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=self.lines.pop(0)(messages[-1].content))])


def calls(*wanted):
    """A line of a script that calls tools."""
    tool_calls = [{"name": name, "args": args, "id": f"call-{i}"} for i, (name, args) in enumerate(wanted)]
    return lambda heard: AIMessage("", tool_calls=tool_calls)


def main():
    tool = SessionsPythonREPLTool(
        pool_management_endpoint=os.environ["POOL_ENDPOINT"],
        access_token_provider=lambda: os.environ["POOL_TOKEN"],
    )
    answers = {**tool_notebook(tool), **local_file(tool)}
    answers["agent"] = agent_notebook(tool)
    answers["parallel"] = parallel_calls(tool)
    answers["analyst"] = Analyst(tool).converse()
    print(json.dumps(answers))


def tool_notebook(tool):
    """What each cell of the notebook about the tool prints."""
    data = {"important_data": [1, 10, -1541]}
    binary_io = io.BytesIO(json.dumps(data).encode("ascii"))
    printed = [repr(tool.invoke("6 * 7")), timeless(tool.execute("6 * 7"))]
    upload_metadata = tool.upload_file(data=binary_io, remote_file_path="important_data.json")
    printed.append(timeless(tool.execute(SUM.format(path=upload_metadata.full_path))))
    result = tool.execute(PLOT)
    printed.append(repr(result["result"].keys()))
    printed.append(repr((result["result"]["type"], result["result"]["format"])))
    base64_str = result["result"]["base64_data"]
    return {"printed": printed, "image": base64_str, "decoded": decoded(base64_str).format}


def local_file(tool):
    """The other way that the notebook names to send a file, and the way back."""
    uploaded = tool.upload_file(local_file_path=NAME)
    return {
        "uploaded": [uploaded.filename, uploaded.size_in_bytes, uploaded.full_path],
        "downloaded": base64.b64encode(tool.download_file(remote_file_path=NAME).read()).decode(),
    }


def timeless(answer):
    """How an answer is printed, without the time that the code took."""
    if not isinstance(answer["executionTimeInMilliseconds"], int):
        raise TypeError(answer)
    return repr({**answer, "executionTimeInMilliseconds": "MS"})


def decoded(base64_str):
    image = Image.open(io.BytesIO(base64.decodebytes(bytes(base64_str, "utf-8"))))
    image.load()
    return image


SUM = """
import json

with open("{path}") as f:
    data = json.load(f)

sum(data['important_data'])
"""

PLOT = """
import numpy as np
import matplotlib.pyplot as plt

# Generate values for x from -1 to 1
x = np.linspace(-1, 1, 400)

# Calculate the sine of each x value
y = np.sin(x)

# Create the plot
plt.plot(x, y)

# Add title and labels
plt.title('Plot of sin(x) from -1 to 1')
plt.xlabel('x')
plt.ylabel('sin(x)')

# Show the plot
plt.grid(True)
plt.show()
"""

SINE = """\
import math
import random

sin_pi = math.sin(math.pi)
result = sin_pi
if sin_pi < 0:
    random_number = random.uniform(0, 5)
elif sin_pi > 0:
    random_number = random.uniform(5, 10)
else:
    random_number = 0

{'sin_pi': sin_pi, 'random_number': random_number}"""


def agent_notebook(tool):
    """What the agent's cell prints."""
    heard = []

    def answer(said):
        heard.append(said)
        return AIMessage("The sine of pi is effectively zero.")

    # Models were asked for the one argument of a tool under this name.
    llm = ScriptedModel(lines=[calls((tool.name, {"__arg1": SINE})), answer])
    prompt = ChatPromptTemplate.from_messages([
        ("system", "You are a helpful assistant"),
        ("placeholder", "{chat_history}"),
        ("human", "{input}"),
        ("placeholder", "{agent_scratchpad}"),
    ])
    agent = create_tool_calling_agent(llm, [tool], prompt)
    agent_executor = AgentExecutor(agent=agent, tools=[tool], verbose=True, handle_parsing_errors=True)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        response = agent_executor.invoke({"input": "what's sin of pi . if it's negative generate a random number "
                                                   "between 0 and 5. if it's positive between 5 and 10."})
    number = ast.literal_eval(json.loads(heard[0])["result"])["random_number"]
    printed = re.sub("\x1b\\[[0-9;]*m", "", out.getvalue()).replace(SINE, "SINE").replace(str(number), "NUMBER")
    return {"tools": llm.tools, "number": 5 <= number <= 10, "printed": printed, "output": response["output"]}


def parallel_calls(tool):
    """What LangGraph's own agent makes of a message with several calls, which it
    carries out at the same time in the one session."""
    codes = ["import time\ntime.sleep(0.5)\nfirst = 20\nfirst", "second = 22\nsecond", "'third'"]
    llm = ScriptedModel(lines=[
        calls(*((tool.name, {"python_code": code}) for code in codes)),
        calls((tool.name, {"python_code": "first + second"})),
        AIMessage,
    ])
    messages = create_react_agent(llm, [tool]).invoke({"messages": [("human", "add them")]})["messages"]
    return [json.loads(msg.content)["result"] for msg in messages if isinstance(msg, ToolMessage)]


# The data analyst.


class create_df_from_sql(BaseModel):
    """Execute a SELECT statement and use the results to create a DataFrame with the given column names."""

    select_query: str = Field(..., description="A SELECT statement.")
    df_columns: List[str] = Field(..., description="Ordered names to give the DataFrame columns.")
    df_name: str = Field(..., description="The name to give the DataFrame variable in downstream code.")


class python_shell(BaseModel):
    """Execute Python code that analyzes the DataFrames that have been generated."""

    code: str = Field(..., description="The code to execute. Make sure to print any important results.")


class AgentState(TypedDict):
    messages: Annotated[Sequence[BaseMessage], operator.add]


class RawToolMessage(ToolMessage):
    """A tool's message with what it gave, which is not sent to the model."""

    raw: dict
    tool_name: str


class Analyst:
    def __init__(self, repl):
        self.repl = repl
        self.db = runs_database()
        self.llm = ScriptedModel(lines=[])
        self.displayed = []
        self.app = self.compile()

    def compile(self):
        workflow = StateGraph(AgentState)
        workflow.add_node("call_model", self.call_model)
        workflow.add_node("execute_sql_query", self.execute_sql_query)
        workflow.add_node("execute_python", self.execute_python)
        workflow.set_entry_point("call_model")
        workflow.add_edge("execute_sql_query", "execute_python")
        workflow.add_edge("execute_python", "call_model")
        workflow.add_conditional_edges("call_model", should_continue)
        return workflow.compile()

    def call_model(self, state: AgentState) -> dict:
        prompt = ChatPromptTemplate.from_messages([
            ("system", "You are an expert at SQL and Python. The database has\n\n{tables}"),
            ("placeholder", "{messages}"),
        ])
        chain = prompt | self.llm.bind_tools([create_df_from_sql, python_shell])
        return {"messages": [chain.invoke({"messages": state["messages"], "tables": self.db.table_info})]}

    def execute_sql_query(self, state: AgentState) -> dict:
        messages = []
        for tool_call in state["messages"][-1].tool_calls:
            if tool_call["name"] != "create_df_from_sql":
                continue
            args = tool_call["args"]
            rows = self.db.run(args["select_query"], fetch="cursor").fetchall()
            df = pd.DataFrame(rows, columns=args["df_columns"])
            messages.append(RawToolMessage(
                f"Generated dataframe {args['df_name']} with columns {args['df_columns']}",
                raw={args["df_name"]: df}, tool_call_id=tool_call["id"], tool_name=tool_call["name"],
            ))
        return {"messages": messages}

    def execute_python(self, state: AgentState) -> dict:
        messages = []
        df_code = self.upload_dfs(state)
        last_ai_msg = [msg for msg in state["messages"] if isinstance(msg, AIMessage)][-1]
        for tool_call in last_ai_msg.tool_calls:
            if tool_call["name"] != "python_shell":
                continue
            repl_result = self.repl.execute(df_code + "\n" + tool_call["args"]["code"])
            messages.append(RawToolMessage(
                self.content_of(repl_result),
                raw=repl_result, tool_call_id=tool_call["id"], tool_name=tool_call["name"],
            ))
        return {"messages": messages}

    def upload_dfs(self, state):
        """Sends the DataFrames and returns code that loads them."""
        dfs = {}
        for msg in state["messages"]:
            if isinstance(msg, RawToolMessage) and msg.tool_name == "create_df_from_sql":
                dfs.update(msg.raw)
        for name, df in dfs.items():
            buffer = io.StringIO()
            df.to_csv(buffer)
            buffer.seek(0)
            self.repl.upload_file(data=buffer, remote_file_path=name + ".csv")
        return "import pandas as pd\n" + "\n".join(f"{name} = pd.read_csv('/mnt/data/{name}.csv')" for name in dfs)

    def content_of(self, repl_result):
        """What the model is told. Pictures are displayed."""
        content = {}
        for key, value in repl_result.items():
            if isinstance(value, dict) and value["type"] == "image":
                self.displayed.append(decoded(value["base64_data"]))
            else:
                content[key] = value
        content.pop("executionTimeInMilliseconds")
        return json.dumps(content, indent=2)

    def ask(self, messages, question, *lines):
        """Returns the conversation after the model has answered a question; its
        answer is what it was told last."""
        self.llm.lines[:] = [*lines, AIMessage]
        output = self.app.invoke({"messages": [*messages, ("human", question)]})
        if self.llm.lines:
            raise RuntimeError(f"the model was not asked for {len(self.llm.lines)} lines")
        return output["messages"]

    def converse(self):
        """The questions of the notebook, and the answers."""
        load = ("create_df_from_sql", {
            "select_query": "SELECT model, prompt_tokens, completion_tokens, latency FROM runs",
            "df_columns": ["model", "prompt_tokens", "completion_tokens", "latency"],
            "df_name": "df",
        })
        answers = []
        messages = self.ask([], "graph the average latency by model", calls(load), calls(shell(AVERAGE)))
        answers.append(messages[-1].content)
        messages = self.ask([], "what's the relationship between latency and input tokens?", calls(load, shell(SCATTER)))
        answers.append(messages[-1].content)
        messages = self.ask(messages, "now control for model", calls(shell(BY_MODEL.format("prompt_tokens"))))
        answers.append(messages[-1].content)
        messages = self.ask(messages, "what about latency vs output tokens", calls(shell(BY_MODEL.format("completion_tokens"))))
        answers.append(messages[-1].content)
        messages = self.ask([], "what's the better explanatory variable for latency: input or output tokens?",
                            calls(load), calls(shell(MISTAKE)), calls(shell(BETTER)))
        answers.append(messages[-1].content)
        mistakes = [msg.content for msg in messages if isinstance(msg, RawToolMessage) and "KeyError" in msg.content]
        return {
            "tools": self.llm.tools,
            "answers": [json.loads(answer) for answer in answers],
            "mistakes": len(mistakes),
            "displayed": [[image.format, image.width > 300 and image.height > 200] for image in self.displayed],
            "files": [file.filename for file in self.repl.list_files()],
        }


def should_continue(state: AgentState) -> str:
    return "execute_sql_query" if state["messages"][-1].tool_calls else END


def shell(code):
    return ("python_shell", {"code": code})


def runs_database():
    """A table of runs of three models, whose latency depends on their tokens."""
    db = SQLDatabase.from_uri("sqlite:///runs.db")
    db.run("CREATE TABLE runs (model TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, latency REAL)")
    rows = []
    for i in range(60):
        prompt, completion = 100 + i * 37 % 400, 20 + i * 53 % 300
        latency = (i % 3 + 1) * 0.5 + completion / 100 + prompt / 1000 + i * 7 % 11 / 10
        rows.append(f"('model-{i % 3}', {prompt}, {completion}, {latency})")
    db.run("INSERT INTO runs VALUES " + ", ".join(rows))
    return db


AVERAGE = """
import matplotlib.pyplot as plt
average = df.groupby('model')['latency'].mean()
average.plot(kind='bar', title='Average latency by model')
print(average.round(3).to_dict())
plt.show()
"""

SCATTER = """
import matplotlib.pyplot as plt
print(round(df['prompt_tokens'].corr(df['latency']), 4))
df.plot.scatter(x='prompt_tokens', y='latency')
plt.show()
"""

BY_MODEL = """
import matplotlib.pyplot as plt
fig, axes = plt.subplots(1, 3)
for ax, (model, group) in zip(axes, df.groupby('model')):
    ax.scatter(group['{0}'], group['latency'])
    ax.set_title(model)
    print(model, round(group['{0}'].corr(group['latency']), 4))
plt.show()
"""

MISTAKE = "df['input_tokens'].corr(df['latency'])"

BETTER = "round(df['prompt_tokens'].corr(df['latency']), 4) < round(df['completion_tokens'].corr(df['latency']), 4)"

main()
