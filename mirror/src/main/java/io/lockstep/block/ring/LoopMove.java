package io.lockstep.block.ring;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.function.Consumer;

/// Moves a connection to the loop of what it is to use. It must have stopped reading, with
/// `autoRead` off for good: deregistering with a read outstanding would hang io_uring's transport.
public final class LoopMove {
  private LoopMove() {}

  /// Called on the loop `from`.
  ///
  /// @param done runs on the loop `to`, with what went wrong: then the channel is on no loop
  public static void move(
      Channel channel, RingLoop from, RingLoop to, Consumer<Optional<Throwable>> done) {
    if (from == to) {
      done.accept(Optional.empty());
      return;
    }
    // The transport tells the end of the deregistration from inside it: what it does after that
    // must not meet the other loop, so that is left to a later turn.
    channel.deregister().addListener(_ -> from.execute(() -> register(channel, to, done)));
  }

  private static void register(Channel channel, RingLoop to, Consumer<Optional<Throwable>> done) {
    EventLoop events = to.eventLoop();
    events
        .register(channel)
        .addListener(
            registration -> to.guard(() -> done.accept(Optional.ofNullable(registration.cause()))));
  }
}
