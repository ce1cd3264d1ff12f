/// Primary commands (SPC-4): what a logical unit says about itself. Pure functions from state to
/// bytes.
@NullMarked
package io.lockstep.scsi.spc;

import org.jspecify.annotations.NullMarked;
