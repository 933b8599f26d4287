# Attach GDB to CPU2 through OpenOCD, started with -f interface/stlink.cfg
# -c "set DUAL_CORE 1" -f target/stm32wlx.cfg. CPU1 is on port 3333.

target extended-remote :3334

set print asm-demangle on
set backtrace limit 32
