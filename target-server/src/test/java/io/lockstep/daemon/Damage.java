package io.lockstep.daemon;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Damages a conversation, given as its messages, as wires, bugs and strangers do, and tells it to
/// whoever listens.
record Damage(Random random) {
  private static final int HEADER_BYTES = 48;
  private static final int SILENCE_MILLIS_MAX = 30_000;

  /// A copy with one to four faults, none of them in the first `intact` messages.
  List<byte[]> damaged(List<byte[]> messages, int intact) {
    List<byte[]> result = new ArrayList<>();
    messages.forEach(message -> result.add(message.clone()));
    for (int faults = random.nextInt(4); faults >= 0 && result.size() > intact; faults--) {
      int at = intact + random.nextInt(result.size() - intact);
      byte[] message = result.get(at);
      switch (random.nextInt(7)) {
        case 0 -> result.remove(at);
        case 1 -> result.add(at, message.clone());
        case 2 -> Collections.swap(result, at, intact + random.nextInt(result.size() - intact));
        case 3 -> result.set(at, begun(message));
        case 4 -> result.add(at, noise());
        default -> result.set(at, changed(message));
      }
    }
    return result;
  }

  private byte[] begun(byte[] message) {
    return Arrays.copyOf(message, random.nextInt(Math.max(1, message.length)));
  }

  private byte[] noise() {
    byte[] noise = new byte[1 + random.nextInt(600)];
    random.nextBytes(noise);
    return noise;
  }

  /// A message with bits or bytes changed, most of them in its header.
  byte[] changed(byte[] message) {
    byte[] changed = message.clone();
    for (int bytes = random.nextInt(3); bytes >= 0 && changed.length > 0; bytes--) {
      int end = random.nextInt(4) == 0 ? changed.length : Math.min(changed.length, HEADER_BYTES);
      int at = random.nextInt(end);
      changed[at] =
          (byte) (random.nextBoolean() ? random.nextInt() : changed[at] ^ 1 << random.nextInt(8));
    }
    return changed;
  }

  /// Tells a conversation in pieces of any size, says no more, and listens until the other side
  /// has closed.
  ///
  /// @param answersFirst whether to wait for the other side's first word
  /// @return how many bytes came back
  /// @throws SocketTimeoutException if the other side keeps the connection
  long tell(int port, List<byte[]> messages, boolean answersFirst) throws IOException {
    var all = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      all.writeBytes(message);
    }
    byte[] bytes = all.toByteArray();
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(SILENCE_MILLIS_MAX);
      socket.setTcpNoDelay(true);
      if (answersFirst && socket.getInputStream().read() < 0) {
        return 0;
      }
      sent(socket, bytes);
      return (answersFirst ? 1 : 0) + heard(socket.getInputStream());
    }
  }

  private void sent(Socket socket, byte[] bytes) {
    try {
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(4000));
        socket.getOutputStream().write(bytes, at, length);
        at += length;
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      // The other side has closed, as it should.
    }
  }

  private static long heard(InputStream in) throws IOException {
    byte[] piece = new byte[8192];
    long count = 0;
    try {
      for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
        count += length;
      }
    } catch (SocketTimeoutException kept) {
      throw kept;
    } catch (IOException reset) {
      return count;
    }
    return count;
  }
}
