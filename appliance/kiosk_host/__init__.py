"""What runs the screens that customers see: the browser's keeper, its profile and its policies.

systemd starts it again after every end (`Restart=always`), so there is one way out of every
trouble. Chromium runs under cage, which shows one window and has no desktop to get out to; where
the lobby's board has an output of its own, under sway, which is told where each of two windows
belongs, and no key. A browser is told what to show over its debugging port: "starting" until the
server answers, then its page. The device's token comes as a credential and goes the same way: it
is in no process list.
"""
