"""The kernel: a Python session that is driven by frames.

    frames        what is said to the host, and over what; begin here
    loop          the main thread: takes requests one at a time and answers them
    run           one execution under way
    commands      programs that are run beside the session's code
    processes     the end of a program and of what it has started
    watcher       the thread that sends output and takes interrupts meanwhile
    pipe          descriptors 1 and 2 as the session sees them
    capture       how much of a stream is sent, and the file for what is too much
    spills        those files together
    streams       sys.stdout and sys.stderr
    stdin         sys.stdin, input() and what else waits for a person
    threads       whose output and figures count
    interrupts    where KeyboardInterrupt may strike
    exits         forks and the end of the process
    shell         IPython without a terminal: how a cell is compiled and run
    displays      what display() does
    magics        %pip, %%bash and their like
    offlinepip    pip where nothing can be installed; offline is what stands for it
    values        the value of a cell, and displays, as the parts of a frame
    eventloop     asyncio between cells
    tracebacks    what became of a cell that failed, as frames
    pictures      what is shown as image/png
    figures       matplotlib's
    fonts         what their texts are drawn with
    glyphs        and what those fonts lack
    environment   variables and libraries that the session finds
    options       the command line
    pristine      modules and builtins as they were before any code ran
    text          text that fits

Code in the session shares the process with the kernel and can break it if it
means to. The host must not believe a byte of what comes; the kernel only sees
to it that code which does not mean to does not. So every module here begins
with pristine's builtins and takes from there what else code is likely to
replace, and all are loaded before any code runs: none imports another later,
when it could not be found any more.
"""
