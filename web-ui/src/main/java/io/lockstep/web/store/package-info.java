/// What the console keeps in H2: users, sign-ins, the audit trail. Never the truth about disks.
@NullMarked
package io.lockstep.web.store;

import org.jspecify.annotations.NullMarked;
