"""A zygote: one forked child for each connection, through BlockingDoors."""

import os
import signal

from demeure.supervisor import Birth, BlockingDoors


def main(birth: Birth) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    doors = BlockingDoors(birth)
    doors.ready()
    while (received := doors.receive()) is not None:
        who, connection = received
        if os.fork() == 0:
            doors.close()
            said = connection.recv(100)
            connection.sendall(f"{os.getppid()} {who} ".encode() + said)
            os._exit(0)
        connection.close()
