package io.lockstep.cli;

import static java.util.stream.Collectors.joining;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.client.Sizes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Whether the copies of a pair are the same, or become so by themselves. Pure.
sealed interface SyncOutlook {
  /// What is marked, and what cannot be read, is counted in these.
  long BLOCK_BYTES = 4096;

  /// Every mirror is whole on both nodes.
  record InSync() implements SyncOutlook {}

  /// It comes by itself.
  ///
  /// @param what is under way
  /// @param percent of the resync that has most to do yet; empty if that is not known
  /// @param more numbers that change all the time
  record Coming(String what, OptionalInt percent, String more) implements SyncOutlook {}

  /// Somebody must do something first.
  record Stuck(String why, String action) implements SyncOutlook {}

  static SyncOutlook of(List<MirrorSides> mirrors) {
    if (mirrors.stream().allMatch(SyncOutlook::isWhole)) {
      return new InSync();
    }
    Optional<Stuck> stuck = first(mirrors, SyncOutlook::stuck);
    if (stuck.isPresent()) {
      return stuck.get();
    }
    Optional<Coming> resync = first(mirrors, SyncOutlook::resync);
    return resync.orElseGet(
        () -> {
          String sides =
              mirrors.stream()
                  .filter(mirror -> !isWhole(mirror))
                  .flatMap(mirror -> mirror.sides().stream().map(side -> side(mirror, side)))
                  .collect(joining("; "));
          return new Coming(sides, OptionalInt.empty(), "");
        });
  }

  private static <T> Optional<T> first(
      List<MirrorSides> mirrors, Function<MirrorSides, Stream<T>> of) {
    return mirrors.stream().filter(mirror -> !isWhole(mirror)).flatMap(of).findFirst();
  }

  private static boolean isWhole(MirrorSides mirror) {
    return mirror.sides().stream()
        .allMatch(
            side ->
                side.connectionState().equals("Connected") && side.diskState().equals("UpToDate"));
  }

  private static String side(MirrorSides mirror, SideStatus side) {
    return "mirror %s at node %s: %s, %s"
        .formatted(mirror.name(), side.node(), side.connectionState(), side.diskState());
  }

  private static Stream<Stuck> stuck(MirrorSides mirror) {
    return mirror.sides().stream()
        .flatMap(
            side -> {
              if (side.connectionState().equals("StandAlone")) {
                return Stream.of(standsAlone(mirror, side));
              }
              @Nullable UnreadableInfo unreadable = side.unreadable();
              @Nullable Long different = side.outOfSyncBytes();
              return unreadable != null
                      && different != null
                      && unreadable.blocks() > 0
                      && unreadable.blocks() * BLOCK_BYTES >= different
                  ? Stream.of(unreadable(mirror, unreadable))
                  : Stream.empty();
            });
  }

  private static Stuck standsAlone(MirrorSides mirror, SideStatus side) {
    String reason = side.link().reason();
    return new Stuck(
        "mirror %s stands alone at node %s%s"
            .formatted(mirror.name(), side.node(), reason.isEmpty() ? "" : ": " + reason),
        "look at `lockstep status`; `lockstep mirror connect --node %s` lets it look for the other"
                .formatted(side.node())
            + " node again");
  }

  private static Stuck unreadable(MirrorSides mirror, UnreadableInfo unreadable) {
    return new Stuck(
        "nothing is left of mirror %s but %d blocks that cannot be read"
            .formatted(mirror.name(), unreadable.blocks()),
        "`lockstep status` shows where they lie; write them anew, or give them up with `lockstep"
            + " mirror accept-loss`");
  }

  private static Stream<Coming> resync(MirrorSides mirror) {
    return mirror.sides().stream()
        .filter(side -> side.resync() != null)
        .sorted((a, b) -> Boolean.compare(isSource(b), isSource(a)))
        .flatMap(side -> Stream.ofNullable(side.resync()))
        .map(resync -> new Coming("mirror " + mirror.name(), resync.percent(), numbers(resync)));
  }

  private static boolean isSource(SideStatus side) {
    @Nullable ResyncInfo resync = side.resync();
    return resync != null && resync.direction().equals(ResyncInfo.SOURCE);
  }

  private static String numbers(ResyncInfo resync) {
    @Nullable Long total = resync.bytesTotal();
    return ": %s %s, %s/s%s"
        .formatted(
            Sizes.text(resync.bytesDone()),
            total == null ? "done" : "of " + Sizes.text(total),
            Sizes.text(resync.bytesPerSecond()),
            resync.secondsLeft() < 0 ? "" : ", " + Sizes.duration(resync.secondsLeft()) + " left");
  }
}
