"""The printed poster of a facility: the QR symbol, the A4 sheet around it, and the files to print.

Facts come in, pictures and bytes go out: nothing here knows the log, the web or the clock.
"""
