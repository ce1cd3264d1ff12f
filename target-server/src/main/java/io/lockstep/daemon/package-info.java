/// The daemon: its configuration, its start and end, and the wiring of one node by its role. Every
/// daemon starts Secondary; what it serves follows from what the mirror tells it.
@NullMarked
package io.lockstep.daemon;

import org.jspecify.annotations.NullMarked;
