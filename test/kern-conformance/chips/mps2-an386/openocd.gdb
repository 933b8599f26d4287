# Attach GDB to QEMU, started with -s.

target extended-remote :1234

set print asm-demangle on
set backtrace limit 32
