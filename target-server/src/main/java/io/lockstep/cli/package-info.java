/// The command line: each command asks a daemon over its control socket and prints a table for
/// people or JSON for scripts. Exit status 0 done, 1 refused or failed (one line on standard error:
/// what, why, what to do), 2 usage. Also `lockstep demo`, which starts two nodes and a console.
@NullMarked
package io.lockstep.cli;

import org.jspecify.annotations.NullMarked;
