package io.lockstep.control.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The files of a trail: `FILE`, and before it `FILE.1`, `FILE.2` and so on, the older the higher.
/// Each line is an [AuditInfo] as JSON. Belongs to one thread.
///
/// A program that is no daemon, and finds the file in use, leaves its lines in `FILE.aside`; the
/// daemon takes them from there ([#takeIn]).
///
/// Invariants: a line is whole or not there; only its owner may read the files (0600); a file has
/// at most [#FILE_BYTES_MAX], and there are at most [#FILES_MAX]; lines are numbered without a gap.
final class AuditFiles {
  /// A file that would be longer is put aside.
  static final long FILE_BYTES_MAX = 4 << 20;

  /// So many are kept, with the one that is written; the oldest goes.
  static final int FILES_MAX = 8;

  /// A longer line is written without what was asked and changed.
  static final int LINE_BYTES_MAX = 16 << 10;

  /// So much is told at once.
  static final int ANSWER_BYTES_MAX = 256 << 10;

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OWNERS_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");

  private final Path file;
  private @Nullable FileChannel channel;

  /// Of the last line.
  private long number;

  AuditFiles(Path file) {
    this.file = file.toAbsolutePath();
  }

  /// Sees to it that lines can be written.
  ///
  /// @return the file as it is open
  FileChannel open() throws IOException {
    FileChannel present = channel;
    if (present != null && present.isOpen() && Files.exists(file)) {
      return present;
    }
    close();
    Files.createDirectories(
        file.getParent(), PosixFilePermissions.asFileAttribute(OWNERS_DIRECTORY));
    FileChannel opened =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    try {
      lock(opened);
      Files.setPosixFilePermissions(file, OWNER_ONLY);
      cutAfterLastLine(opened);
      number = Math.max(number, lastNumber());
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    channel = opened;
    return opened;
  }

  /// Somebody else writes the file.
  static final class InUseException extends IOException {
    private static final long serialVersionUID = 1;

    InUseException() {
      super("another daemon writes it");
    }
  }

  /// Two daemons that were told the same file would put each other's lines aside.
  private static void lock(FileChannel opened) throws IOException {
    if (isLocked(opened)) {
      throw new InUseException();
    }
  }

  /// Locks a file until it is closed.
  ///
  /// @return whether somebody else has locked it
  private static boolean isLocked(FileChannel opened) throws IOException {
    try {
      @Nullable FileLock lock = opened.tryLock();
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true;
    }
  }

  /// What a crash or a full disk has left of a line is none.
  private static void cutAfterLastLine(FileChannel opened) throws IOException {
    long end = opened.size();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (end > 0) {
      one.clear();
      if (opened.read(one, end - 1) == 1 && one.get(0) == '\n') {
        break;
      }
      end--;
    }
    opened.truncate(end);
  }

  private long lastNumber() throws IOException {
    for (Path one : newestFirst()) {
      for (String line : lines(one).reversed()) {
        Optional<AuditInfo> entry = parsed(line);
        if (entry.isPresent()) {
          return entry.get().number();
        }
      }
    }
    return 0;
  }

  /// Adds a line.
  void append(AuditInfo entry) throws IOException {
    FileChannel to = open();
    byte[] line = line(entry.numbered(number + 1));
    if (to.size() + line.length > FILE_BYTES_MAX) {
      to.force(true);
      putAside();
      to = open();
    }
    write(to, line);
    number++;
  }

  /// All of it, or nothing.
  private static void write(FileChannel to, byte[] line) throws IOException {
    long end = to.size();
    try {
      ByteBuffer left = ByteBuffer.wrap(line);
      while (left.hasRemaining()) {
        to.write(left, end + left.position());
      }
    } catch (IOException e) {
      to.truncate(end);
      throw e;
    }
  }

  private static byte[] line(AuditInfo entry) {
    byte[] line = (Json.text(entry) + "\n").getBytes(UTF_8);
    return line.length <= LINE_BYTES_MAX
        ? line
        : (Json.text(entry.shortened()) + "\n").getBytes(UTF_8);
  }

  /// Puts on the disk what was added.
  void sync() throws IOException {
    if (channel != null) {
      channel.force(false);
    }
  }

  private Path aside() {
    return file.resolveSibling(file.getFileName() + ".aside");
  }

  /// Leaves a line for whoever has the file open, on the disk.
  void leave(AuditInfo entry) throws IOException {
    try (FileChannel to =
        FileChannel.open(
            aside(),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      to.lock();
      if (to.size() > FILE_BYTES_MAX) {
        throw new IOException("too much waits in " + aside());
      }
      write(to, line(entry));
      to.force(true);
    }
  }

  /// Adds what was left. A crash on the way adds it again; none of it is lost.
  void takeIn() throws IOException {
    if (!Files.exists(aside()) || Files.size(aside()) == 0) {
      return;
    }
    try (FileChannel from = FileChannel.open(aside(), StandardOpenOption.WRITE)) {
      if (isLocked(from)) {
        return; // Somebody writes; there is a next time.
      }
      for (String line : lines(aside())) {
        Optional<AuditInfo> entry = parsed(line);
        if (entry.isPresent()) {
          append(entry.get());
        }
      }
      sync();
      from.truncate(0);
    }
  }

  private void putAside() throws IOException {
    close();
    for (int age = FILES_MAX - 2; age >= 0; age--) {
      if (Files.exists(aged(age))) {
        Files.move(aged(age), aged(age + 1), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private Path aged(int age) {
    return age == 0 ? file : file.resolveSibling(file.getFileName() + "." + age);
  }

  void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    channel = null;
  }

  // --- looking ---

  /// The lines that are asked for, the newest first.
  List<AuditInfo> read(Requests.AuditQuery query) throws IOException {
    List<AuditInfo> found = new ArrayList<>();
    String wanted = query.search() == null ? "" : query.search().toLowerCase(Locale.ROOT);
    long bytes = 0;
    for (Path one : newestFirst()) {
      for (String line : lines(one).reversed()) {
        Optional<AuditInfo> entry =
            line.toLowerCase(Locale.ROOT).contains(wanted) ? parsed(line) : Optional.empty();
        if (entry.isEmpty() || !isMeant(query, entry.get())) {
          continue;
        }
        bytes += line.length();
        if (found.size() == query.count() || bytes > ANSWER_BYTES_MAX) {
          return found;
        }
        found.add(entry.get());
      }
    }
    return found;
  }

  private static boolean isMeant(Requests.AuditQuery query, AuditInfo entry) {
    @Nullable Long since = query.since();
    @Nullable Long before = query.before();
    @Nullable Long after = query.after();
    return (since == null || entry.atMillis() >= since)
        && (before == null || entry.atMillis() < before)
        && (after == null || entry.number() > after);
  }

  private List<Path> newestFirst() {
    List<Path> files = new ArrayList<>();
    for (int age = 0; age < FILES_MAX; age++) {
      if (Files.exists(aged(age))) {
        files.add(aged(age));
      }
    }
    return files;
  }

  /// A byte that is no text of ours hides no other line.
  private static List<String> lines(Path one) throws IOException {
    return new String(Files.readAllBytes(one), UTF_8).lines().toList();
  }

  private static Optional<AuditInfo> parsed(String line) {
    try {
      return Optional.of(Json.readStored(line.getBytes(UTF_8), AuditInfo.class));
    } catch (Json.BadJsonException e) {
      return Optional.empty();
    }
  }
}
