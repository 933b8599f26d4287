# Attach GDB to the Cortex-M4 through OpenOCD, started with
# -f interface/stlink.cfg -f target/stm32wbx.cfg.

target extended-remote :3333

set print asm-demangle on
set backtrace limit 32
