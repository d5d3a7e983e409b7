"""Byte examples of DEX/UCS made for tests, with check values that were worked out by hand tools."""

SMALL_REPORT = (
    b"DXS*QRS7654321*VA*V0/6*1\r\nST*001*0001\r\nID1*112233*ABC1234*0101***777888\r\n"
    b"VA1*400*5*150*2\r\nG85*1234\r\nSE*5*0001\r\nDXE*1*1\r\n"
)
"""One block."""

LONG_REPORT = (
    b"DXS*QRS7654321*VA*V0/6*1\r\nST*001*0001\r\n"
    + b"".join(
        b"PA1*%d*%d\r\nPA2*%d*%d*1*100\r\n" % (n, 100 + n, n * 7, n * 700) for n in range(40)
    )
    + b"G85*ABCD\r\nSE*83*0001\r\nDXE*1*1\r\n"
)
"""Several blocks."""

HANDSHAKE_1 = bytes.fromhex("1001 43564430303030303031 52 5230314C3031 1003 62F3")
"""CVD0000001 asks to read, R01L01."""

HANDSHAKE_2 = bytes.fromhex("1001 3030 51525337363534333231 5230314C3031 1003 6CE1")
"""QRS7654321 says 00, R01L01."""

REAL_CALL = bytes.fromhex("1001 434E5620202044453332 53 5230314C3031 1003 759B")
"""First handshake of a machine that is master, taken from a trace of a real one."""
