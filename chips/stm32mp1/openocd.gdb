# Attach GDB to the Cortex-M4 through OpenOCD, started with
# -f interface/stlink.cfg -f target/stm32mp15x.cfg. The Cortex-A7 is on port 3333.

target extended-remote :3334

set print asm-demangle on
set backtrace limit 32
