package io.lockstep.nbd.portal;

import io.lockstep.block.Refusal;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file of a Unix socket. One that was left behind, at which nobody answers, is taken away.
record SocketFile(Path path) {
  private static final Logger LOG = LoggerFactory.getLogger(SocketFile.class);

  /// What the kernel takes (unix(7)).
  private static final int PATH_BYTES_MAX = 107;

  /// Makes room for the socket.
  void prepare() throws IOException {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > PATH_BYTES_MAX) {
      throw new IOException(
          "its path has %d bytes, a socket's may have %d".formatted(length, PATH_BYTES_MAX));
    }
    boolean there = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    if (there && !Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
      throw new IOException("it is there, and is no socket");
    }
    if (there && somebodyAnswers()) {
      throw new IOException("it is in use by another program");
    }
    Files.deleteIfExists(path);
  }

  private boolean somebodyAnswers() {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException nobody) {
      return false;
    }
  }

  /// The socket is closed.
  void remove() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException left) {
      LOG.debug("{} stays: the next start takes it away", path, left);
    }
  }

  Refusal refusal(Throwable cause) {
    return new Refusal(
        "Cannot listen on " + path,
        String.valueOf(cause.getMessage()),
        "see that its directory exists and may be written to, or choose another path");
  }
}
