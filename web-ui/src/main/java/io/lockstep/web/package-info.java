/// The console: pages and a REST API over the daemons' control API. Unprivileged; knows the disks
/// only by what a daemon tells, and keeps no copy of it.
@NullMarked
package io.lockstep.web;

import org.jspecify.annotations.NullMarked;
