package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.Json;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A control socket behind which a test stands: each request is answered with 200 and what the test
/// says.
final class FakeDaemon implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)");

  private final ServerSocketChannel channel;
  private final Function<String, Object> answers;

  /// @param answers the message that answers a request, which is handed over as text: head and body
  FakeDaemon(Path socket, Function<String, Object> answers) throws IOException {
    this.answers = answers;
    this.channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    channel.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    while (channel.isOpen()) {
      try (SocketChannel asked = channel.accept()) {
        byte[] body = Json.bytes(answers.apply(request(asked)));
        String head = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(body.length);
        asked.write(ByteBuffer.wrap(head.getBytes(UTF_8)));
        asked.write(ByteBuffer.wrap(body));
      } catch (IOException e) {
        // The console went away, or the test has ended.
      }
    }
  }

  /// The request, read to its end.
  private static String request(SocketChannel asked) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(1 << 16);
    String text = "";
    while (!isWhole(text) && asked.read(read) >= 0) {
      text = new String(read.array(), 0, read.position(), UTF_8);
    }
    return text;
  }

  private static boolean isWhole(String text) {
    int end = text.indexOf("\r\n\r\n");
    Matcher length = LENGTH.matcher(text);
    return end >= 0
        && length.find()
        && text.getBytes(UTF_8).length >= end + 4 + Integer.parseInt(length.group(1));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
