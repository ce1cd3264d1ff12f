/// SCSI as a target sees it: tasks, nexuses, results, and the table of commands that drives both
/// dispatch and REPORT SUPPORTED OPERATION CODES. Pure; knows no transport.
@NullMarked
package io.lockstep.scsi;

import org.jspecify.annotations.NullMarked;
