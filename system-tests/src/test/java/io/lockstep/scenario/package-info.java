/// Scenarios with real processes: a pair is started, used, killed and promoted as a person would do
/// it, with `./lockstep` and with other people's initiators. They wait for conditions with
/// deadlines.
@NullMarked
package io.lockstep.scenario;

import org.jspecify.annotations.NullMarked;
