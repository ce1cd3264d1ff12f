package io.lockstep.block.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the kinds of loops do each in its own way.
@Tag("shell")
final class LoopKindTest {
  static Stream<LoopKind> kinds() {
    return Stream.of(LoopKind.values())
        .filter(kind -> kind == LoopKind.EPOLL || IoUring.isAvailable());
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theKernelIsToldWhenToAskForTheOtherEnd(LoopKind kind) throws IOException {
    CompletableFuture<Channel> accepted = new CompletableFuture<>();
    RingLoop loop =
        RingLoop.start("keepalive", kind, (_, cause) -> accepted.completeExceptionally(cause));
    ServerBootstrap server =
        new ServerBootstrap()
            .group(loop.eventLoop())
            .channel(kind.serverSocketChannel())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.complete(channel);
                  }
                });
    kind.keepAlive(server, 61, 11, 5);
    InetAddress here = InetAddress.getLoopbackAddress();
    Channel listener = server.bind(new InetSocketAddress(here, 0)).syncUninterruptibly().channel();
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    try (Socket client = new Socket(here, port)) {
      Channel channel = accepted.orTimeout(20, TimeUnit.SECONDS).join();
      ChannelOption<Integer> idle =
          switch (kind) {
            case IO_URING -> IoUringChannelOption.TCP_KEEPIDLE;
            case EPOLL -> EpollChannelOption.TCP_KEEPIDLE;
          };
      assertThat(client.isConnected()).isTrue();
      assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
      assertThat(channel.config().getOption(idle)).isEqualTo(61);
      channel.close().syncUninterruptibly();
    }
    listener.close().syncUninterruptibly();
    loop.close();
  }
}
