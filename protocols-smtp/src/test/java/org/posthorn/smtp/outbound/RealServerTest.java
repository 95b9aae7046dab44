package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Smarthost;

/// Against a server that somebody else wrote.
final class RealServerTest {
  @AutoClose private final SendingMta mta = SendingMta.direct();

  @Test
  void deliversToAnotherServer() throws Exception {
    GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    server.start();
    try {
      String message = "Subject: Dots\r\n\r\n.\r\n..two\r\nend";

      assertThat(
              mta.carry(
                  server.getSmtp().getPort(),
                  OutgoingMail.to("bob@example.net", "carl@example.net").saying(message)))
          .contains("bob@example.net: delivered", "carl@example.net: delivered");

      assertThat(server.getReceivedMessages()).hasSize(2);
      assertThat(GreenMailUtil.getBody(server.getReceivedMessages()[0]).strip())
          .isEqualTo(".\r\n..two\r\nend");
    } finally {
      server.stop();
    }
  }

  @Test
  void logsInAtASmarthostOverTls() throws Exception {
    GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTPS));
    server.setUser("ann@example.org", "ann", "secret");
    server.start();
    try {
      Smarthost host =
          new Smarthost(
              "127.0.0.1",
              server.getSmtps().getPort(),
              Smarthost.Tls.IMPLICIT,
              Optional.of("relay"));

      assertThat(mta.credulous().carry(1, OutgoingMail.to("bob@example.net").through(host)))
          .contains("bob@example.net: delivered");

      assertThat(server.getReceivedMessages()[0].getSubject()).isEqualTo("x");
    } finally {
      server.stop();
    }
  }
}
