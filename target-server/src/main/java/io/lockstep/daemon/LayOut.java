package io.lockstep.daemon;

import io.lockstep.block.Refusal;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What `lockstepd init` does with a configuration: the disks of a new pair, the disk of a further
/// mirror, or the one that joins. Everything is looked at before anything is written; each returns
/// a sentence why nothing was done, or empty.
final class LayOut {
  private static final String NOT_DONE = "The disk was not laid out: ";

  private final DaemonConfig config;
  private final Consumer<String> out;
  private final SecureRandom dice = new SecureRandom();
  private final Map<DaemonConfig.MirrorPart, PairIdentity> done = new LinkedHashMap<>();

  /// @param out takes what the person should read
  LayOut(DaemonConfig config, Consumer<String> out) {
    this.config = config;
    this.out = out;
  }

  /// The disks that were laid out, and what was written to them, in their order.
  Map<DaemonConfig.MirrorPart, PairIdentity> done() {
    return done;
  }

  /// The disks of all mirrors, which make a new pair.
  Optional<String> first() {
    for (DaemonConfig.MirrorPart part : config.mirrors()) {
      Optional<String> refusal = DiskInit.check(config, part);
      if (refusal.isPresent()) {
        return refusal.map(why -> why + hint());
      }
    }
    PairIdentity pair = PairIdentity.random(dice);
    int number = 0;
    for (DaemonConfig.MirrorPart part : config.mirrors()) {
      number++;
      Optional<String> refusal = layOut(part, number == 1 ? pair : pair.further(number, dice));
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    return Optional.empty();
  }

  /// What whoever wanted to add a mirror may have meant.
  private String hint() {
    return config.mirrors().size() > 1
            && LaidOutDisks.read(config, "") instanceof LaidOutDisks.Found.Ready(LaidOutDisks disks)
            && !disks.byMirror().isEmpty()
        ? " To add a mirror to a pair, name it: lockstepd init --config FILE --mirror NAME."
        : "";
  }

  /// The disk of a mirror that the pair does not have yet. Which pair that is, the disks of the
  /// other mirrors of the configuration tell.
  Optional<String> further(String name) {
    return onPart(
        name,
        (part, others) -> {
          if (others.isEmpty()) {
            return Optional.of(
                NOT_DONE
                    + "no other mirror of the configuration has a disk of a pair yet; --first lays"
                    + " out a new pair.");
          }
          return layOut(part, PairIdentity.beside(others.values(), dice));
        });
  }

  /// The disk of a mirror whose other disk is laid out, on the other node.
  ///
  /// @param name the mirror's; null if it was not named
  Optional<String> join(@Nullable String name, String code) {
    Optional<PairIdentity> identity = PairIdentity.parse(code);
    if (identity.isEmpty()) {
      return Optional.of(
          NOT_DONE
              + "--join needs the code that `lockstepd init` printed on the other node, or"
              + " `lockstep mirror show` prints there.");
    }
    if (name == null && config.mirrors().size() > 1) {
      return Optional.of(
          NOT_DONE + "no mirror was named; name the code's with --mirror: " + names() + ".");
    }
    return onPart(
        name == null ? config.mirrors().getFirst().name() : name,
        (part, others) -> join(part, identity.get(), others));
  }

  private Optional<String> join(
      DaemonConfig.MirrorPart part, PairIdentity identity, Map<String, PairIdentity> others) {
    for (var entry : others.entrySet()) {
      PairIdentity other = entry.getValue();
      if (!other.pairId().equals(identity.pairId())) {
        return Optional.of(
            NOT_DONE
                + "the code is of pair %s, and the disk of mirror %s belongs to pair %s."
                    .formatted(identity.pairName(), entry.getKey(), other.pairName()));
      }
      if (other.mirrorId().equals(identity.mirrorId())) {
        return Optional.of(
            NOT_DONE
                + "the code is that of mirror %s; take the code of mirror %s."
                    .formatted(entry.getKey(), part.name()));
      }
    }
    Optional<String> refusal = DiskInit.run(config, part, identity, out, false);
    if (refusal.isEmpty()) {
      done.put(part, identity);
      out.accept("The disk is laid out and will be filled from the other node.");
    }
    return refusal;
  }

  /// What is done with the disk of a mirror, beside those of the others that are laid out.
  private interface Deed {
    Optional<String> with(DaemonConfig.MirrorPart part, Map<String, PairIdentity> others);
  }

  private Optional<String> onPart(String name, Deed deed) {
    Optional<DaemonConfig.MirrorPart> part = config.mirror(name);
    if (part.isEmpty()) {
      return Optional.of(
          NOT_DONE + "the configuration has no mirror \"%s\"; name %s.".formatted(name, names()));
    }
    return switch (LaidOutDisks.read(config, name)) {
      case LaidOutDisks.Found.Refused(Refusal refusal) ->
          Optional.of(NOT_DONE + refusal.sentence());
      case LaidOutDisks.Found.Ready(LaidOutDisks disks) -> {
        PairIdentity own = disks.byMirror().get(name);
        if (own != null) {
          yield Optional.of(
              NOT_DONE
                  + ("%s is that of mirror %s of pair %s already; blank it first if nothing on it"
                          + " is needed.")
                      .formatted(part.get().disk(), name, own.pairName()));
        }
        yield deed.with(part.get(), new LinkedHashMap<>(disks.byMirror()));
      }
    };
  }

  private Optional<String> layOut(DaemonConfig.MirrorPart part, PairIdentity identity) {
    Optional<String> refusal = DiskInit.run(config, part, identity, out, true);
    if (refusal.isEmpty()) {
      done.put(part, identity);
      String option = config.mirrors().size() == 1 ? "" : " --mirror " + part.name();
      out.accept(
          "The disk%s is laid out. On the other node: lockstepd init --config FILE%s --join %s"
              .formatted(
                  option.isEmpty() ? "" : " of mirror " + part.name(),
                  option,
                  identity.joinCode()));
    }
    return refusal;
  }

  private String names() {
    return String.join(" or ", config.mirrorNames());
  }
}
