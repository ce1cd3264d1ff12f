package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.util.Collections;
import java.util.List;

/// What a superblock carries for compatible features that this release does not know; it survives
/// each rewrite. Immutable.
///
/// @param features the compatible features' bits; 0 = none, and then all words are 0
/// @param words the bytes of those features, eight to a word
public record KeptBytes(int features, List<Long> words) {
  /// How many words a superblock has for them.
  static final int WORDS = 47;

  /// Nothing unknown.
  public static final KeptBytes NONE = new KeptBytes(0, Collections.nCopies(WORDS, 0L));

  public KeptBytes {
    words = List.copyOf(words);
    Check.that(words.size() == WORDS, "words", words.size(), WORDS);
  }
}
