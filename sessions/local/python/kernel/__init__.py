"""The kernel: runs the Python code of a session at the request of the host.

    frames        the protocol between host and kernel; begin here
    loop          the main thread: takes requests one at a time and answers them
    run           one execution: its output and its last frames
    watcher       the thread that sends output and receives interrupts meanwhile
    interrupts    raises KeyboardInterrupt in code, and never in the kernel
    threads       tells the threads of an execution from those of earlier ones
    idle          whether the session is idle between executions
    userfiles     the user's files that code has open, while the session sleeps

    shell         IPython without a terminal: how a cell is transformed and run
    cells         compiles a cell
    eventloop     asyncio between cells
    magics        %pip, %%bash and others
    programs      programs that cells run
    commands      programs that the host runs
    processes     kills a program with all that it has started
    offlinepip    replaces pip where nothing can be installed, by offline/pip

    output        descriptors 1 and 2, and sys.stdout and sys.stderr
    streams       the objects that are sys.stdout and sys.stderr
    turns         keeps what is written to them, and displayed, in order
    pipe          the pipe behind descriptor 1 or 2
    capture       how much of a stream is sent, and what goes into a file
    spills        those files
    stdin         sys.stdin and input(), which fail
    forks         children that code forks
    exits         sends output before code ends the process

    values        encodes values and displays
    plaintext     the text of values, within bounds
    patience      stops formatters that take too long
    tables        how wide tables are
    displays      what display() does
    artists       values that words say nothing of

    tracebacks    describes exceptions
    stacks        which frames of a traceback are shown
    hints         what to do about an error: network, modules,
                  paths, columns, encodings, limits, successors

    pictures      what is shown as image/png
    figures       shows matplotlib's figures
    fonts         the fonts of figures
    glyphs        characters that these fonts lack
    environment   variables and libraries that code finds
    locales       locales that the system lacks

    options       the command line
    text          text within bounds
    pristine      modules and builtins as they were before any code ran

Code in the session shares the process with the kernel and can break it on
purpose: the host trusts nothing that the kernel sends. The kernel makes sure
only that code does not break it by accident. So every module begins with
pristine's builtins, takes from there what code is likely to replace, and is
loaded before any code runs, after which it could no longer be found.
"""
