package io.lockstep.nbd.portal;

import io.lockstep.block.ring.LoopKind;
import io.netty.channel.uring.IoUring;
import java.util.stream.Stream;

/// The kinds of loops that tests run on.
final class Kinds {
  private Kinds() {}

  /// Those that this kernel allows; epoll always.
  static Stream<LoopKind> all() {
    return Stream.of(LoopKind.values())
        .filter(kind -> kind == LoopKind.EPOLL || IoUring.isAvailable());
  }
}
