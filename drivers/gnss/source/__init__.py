"""Where the bytes come from: a tty, gpsd, a recording; and how a modem is started."""
