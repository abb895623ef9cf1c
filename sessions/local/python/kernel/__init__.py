"""The kernel: runs the Python code of a session at the request of the host.

    frames        the protocol between host and kernel; begin here
    loop          the main thread: takes requests one at a time and answers them
    run           one execution: its output and its last frames
    watcher       the thread that sends output and receives interrupts meanwhile
    relay         connections of the code to the host's proxy
    interrupts    raises KeyboardInterrupt in code, and never in the kernel
    threads       tells the threads of an execution from those of earlier ones
    between       runs the event loop between executions
    late          what threads, tasks and children write when their execution has ended
    idle          whether the session is idle between executions
    heap          shares the interpreter's memory among sessions
    rehearsal     what sessions often do, for that
    immortal      objects that are used without being written to
    holes         no free memory between them
    hotcode       code that is often run, in one place
    seeds         random numbers of a session that begins, or is rolled back
    openfiles     flushes files that code leaves open
    userfiles     the user's files that code has open, while the session sleeps

    shell         IPython without a terminal: how a cell is transformed and run
    cells         compiles a cell
    eventloop     asyncio in cells
    ownnames      names of IPython, which dir() does not list
    contents      what the code has in its namespace
    magics        %pip, %%bash and others
    programs      programs that cells run
    commands      programs that the host runs
    processes     kills a program with all that it has started
    offlinepip    replaces pip by offline/pip, which knows what can be installed
    ownpackages   what was installed in the session

    output        descriptors 1 and 2, and sys.stdout and sys.stderr
    streams       the objects that are sys.stdout and sys.stderr
    blocks        collects what is written to them in a flood
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

    forms         in which form each object is shown; begin here for these
    objects       forms of objects that would show themselves in a page
    bundles       forms that display() and _repr_…_ methods give, by MIME type
    summary       the form that is words for the model
    gallery       the pictures of an execution: each once, and not too many
    images        makes images small, and not too small
    sheets        frames of animations beside each other
    vectors       SVG and PDF as pictures
    media         what sound and video are
    markup        reads HTML as text
    charts        what a chart holds, in a line
    plotlycharts  figures of plotly
    sketches      draws them with matplotlib
    vegacharts    charts of Vega and Altair
    bokehcharts   plots of bokeh
    maps          maps of folium and pydeck
    outfiles      the files that the kernel writes for the person
    children      calls that nobody could stop, in a child
    libraries     what libraries do here in place of opening a browser
    imports       changes libraries when they are imported
    pictures      what IPython shows as image/png
    imshow        large pictures in figures
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
