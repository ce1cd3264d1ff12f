/// The kernel lab: Linux guests with a kernel of their own, for what only a real host's kernel can
/// say (open-iscsi, multipath). A guest is an ordinary process, User-Mode Linux, on a network of
/// its own; docs/testing.md tells how to run a scenario and where consoles are kept.
///
/// [KernelLab] is the JUnit extension that makes and ends it all; [Guest] is one machine,
/// [LabNetwork] the bridge that they hang on.
@NullMarked
package io.lockstep.lab;

import org.jspecify.annotations.NullMarked;
