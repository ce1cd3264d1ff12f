package io.lockstep.volume.embedded;

import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.volume.embedded.MetadataHeader.TextLocation;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/// The metadata area of an open PV, and the one way to change it:
///
/// ```
///   read the header: still what we know? → write the new text into free blocks of the ring → flush
///   → write the header sector that names it → flush
/// ```
///
/// A crash anywhere leaves the old text in force or the new one: the flush between makes the new
/// text stable before a header can name it, and a sector is written as a whole or not at all. After
/// a failed header write nobody knows which one it is, so nothing is committed any more until the
/// space is opened again.
final class MetadataStore {
  private final SpaceIo io;
  private MetadataHeader header;
  private Optional<String> brokenReason = Optional.empty();
  private boolean committing;

  MetadataStore(SpaceIo io, MetadataHeader header) {
    this.io = io;
    this.header = header;
  }

  /// How a commit ended.
  sealed interface Commit {
    /// The new text is in force and stable.
    record Done() implements Commit {}

    /// The old text is in force.
    ///
    /// @param action what a person can do
    record Failed(String why, String action) implements Commit {}

    /// One of the two is in force; the next opening shows which.
    record Unknown(String why) implements Commit {}
  }

  /// Why nothing can be committed any more; empty while it can.
  Optional<String> brokenReason() {
    return brokenReason;
  }

  /// Puts `text` (its closing zero included) in force.
  void commit(byte[] text, Consumer<Commit> ended) {
    Check.that(!committing && brokenReason.isEmpty(), "one commit at a time, in a good store");
    committing = true;
    io.read(
        header.start(),
        MetadataHeader.BYTES,
        (result, bytes) -> {
          if (!result.isOk()) {
            failed("the metadata could not be read", result, ended);
          } else if (!isKnown(bytes)) {
            String why = "somebody else changed the group's metadata on the disk";
            brokenReason = Optional.of(why);
            end(new Commit.Failed(why, "open the group again"), ended);
          } else {
            writeText(text, ended);
          }
        });
  }

  private boolean isKnown(byte[] bytes) {
    try {
      return MetadataHeader.decode(header.start(), bytes).equals(header);
    } catch (DamagedException damaged) {
      return false;
    }
  }

  private void writeText(byte[] text, Consumer<Commit> ended) {
    Optional<Long> offset = MetadataRing.place(header, text.length);
    if (offset.isEmpty()) {
      String why = "the metadata area has no room for a text of " + text.length + " bytes";
      end(new Commit.Failed(why, "delete a volume"), ended);
      return;
    }
    byte[] blocks = Arrays.copyOf(text, (int) MetadataRing.up(text.length));
    TextLocation location = new TextLocation(offset.get(), text.length, LvmCrc.of(text), 0);
    io.write(
        header.start() + offset.get(),
        blocks,
        written ->
            io.flushAfter(
                written,
                flushed -> {
                  if (flushed.isOk()) {
                    writeHeader(location, ended);
                  } else {
                    failed("the metadata could not be written", flushed, ended);
                  }
                }));
  }

  private void writeHeader(TextLocation location, Consumer<Commit> ended) {
    MetadataHeader next = new MetadataHeader(header.start(), header.size(), Optional.of(location));
    io.patch(
        header.start(),
        next.encode(),
        result -> {
          if (result.isOk()) {
            header = next;
            end(new Commit.Done(), ended);
          } else {
            String why =
                "writing the metadata header failed (%s), so which metadata is in force shows only"
                        .formatted(result.detail())
                    + " after the space is opened again";
            brokenReason = Optional.of(why);
            end(new Commit.Unknown(why), ended);
          }
        });
  }

  private void failed(String what, IoResult result, Consumer<Commit> ended) {
    String why = what + " (" + result.detail() + ")";
    end(new Commit.Failed(why, "see to the disk, then try again"), ended);
  }

  private void end(Commit commit, Consumer<Commit> ended) {
    committing = false;
    ended.accept(commit);
  }
}
