package io.lockstep.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What `./lockstep bench` was asked for.
///
/// @param rounds how often everything is measured
/// @param seconds how long one load runs in a round
/// @param against another source tree that is measured in the same rounds
/// @param folder where the disks lie while it runs; empty: below `target` of this tree
public record BenchArguments(
    int rounds, int seconds, Optional<Path> against, Optional<Path> folder) {
  static final int ROUNDS_USUAL = 5;
  static final int ROUNDS_MAX = 1000;
  static final int SECONDS_USUAL = 3;
  static final int SECONDS_MAX = 3600;

  static final String USAGE =
      """
      usage: ./lockstep bench [options]

      Starts a pair on this machine and reads and writes 4 KiB at random places of a LUN over
      iSCSI, one at a time and 32 at a time; beside it, in the same rounds, a plain file on the
      same file system. Exit status 0: measured; 1: it could not; 2: a wrong argument.

        --rounds N     how often everything is measured (5)
        --seconds N    how long one load runs in a round (3)
        --against DIR  another source tree: its pair is measured in the same rounds
        --dir DIR      where the disks lie while it runs (target/bench)
      """;

  /// An argument that is not understood, with a sentence for people.
  public static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;

    Wrong(String sentence) {
      super(sentence);
    }
  }

  /// @throws Wrong if a word is unknown or its value is not possible
  public static BenchArguments parse(String... words) {
    int rounds = ROUNDS_USUAL;
    int seconds = SECONDS_USUAL;
    Optional<Path> against = Optional.empty();
    Optional<Path> folder = Optional.empty();
    for (int at = 0; at < words.length; at++) {
      switch (words[at]) {
        case "--rounds" -> rounds = number(words, ++at, ROUNDS_MAX);
        case "--seconds" -> seconds = number(words, ++at, SECONDS_MAX);
        case "--against" -> against = Optional.of(Path.of(value(words, ++at)));
        case "--dir" -> folder = Optional.of(Path.of(value(words, ++at)));
        default -> throw new Wrong("unknown argument: " + words[at]);
      }
    }
    return new BenchArguments(rounds, seconds, against, folder);
  }

  /// @throws Wrong if what was named is not there
  void checkPlaces() {
    against.ifPresent(
        tree -> {
          if (!Files.isExecutable(tree.resolve("lockstep"))) {
            throw new Wrong("--against " + tree + " is no source tree: it has no ./lockstep");
          }
        });
    folder.ifPresent(
        place -> {
          if (!Files.isDirectory(place)) {
            throw new Wrong("--dir " + place + " is no directory; make it first");
          }
        });
  }

  private static String value(String[] words, int at) {
    if (at >= words.length) {
      throw new Wrong(words[at - 1] + " needs a value");
    }
    return words[at];
  }

  private static int number(String[] words, int at, int max) {
    String word = value(words, at);
    try {
      int number = Integer.parseInt(word);
      if (number >= 1 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new Wrong(words[at - 1] + " takes a number from 1 to " + max + ", not " + word);
  }
}
