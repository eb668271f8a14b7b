"""What a program imports first: Ctrl-C while it loads ends it without a traceback."""

import signal

# Not where it is ignored, as it is in the background of a shell script.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
