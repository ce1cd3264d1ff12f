/// `./lockstep simulate`: histories and planted bugs from the command line, on all cores.
@NullMarked
package io.lockstep.sim.command;

import org.jspecify.annotations.NullMarked;
