# Attach GDB to CPU1 through OpenOCD, started with -f board/st_nucleo_wl5.cfg or
# with -f interface/stlink.cfg -f target/stm32wlx.cfg.

target extended-remote :3333

set print asm-demangle on
set backtrace limit 32
