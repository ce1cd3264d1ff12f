/// The full feature phase of RFC 7143: numbers and windows, tasks and their data, task management,
/// text, logout. Pure: no socket, no thread, no clock, no dice; time comes in as `nowNanos`.
@NullMarked
package io.lockstep.iscsi.session;

import org.jspecify.annotations.NullMarked;
