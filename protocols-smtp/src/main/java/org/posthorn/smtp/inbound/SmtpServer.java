package org.posthorn.smtp.inbound;

import java.io.IOException;
import org.posthorn.net.Connection;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.Dismissal;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.storage.login.Sasl;

/// Serves the clients of one port in its role. Safe for use by many threads.
public final class SmtpServer implements ConnectionHandler {
  private final InboundRules rules;
  private final EnvelopeCheck envelopeCheck;
  private final Intake intake;
  private final Inquiries inquiries;
  private final GatesInForce gates;
  private final Sasl sasl;
  private final UrlTexts urls;

  public SmtpServer(InboundRules rules, InboundRooms rooms) {
    this.rules = rules;
    this.envelopeCheck = new EnvelopeCheck(rules, rooms);
    this.intake = new Intake(rules, rooms);
    this.inquiries = new Inquiries(rooms.directory(), rules.hostname());
    this.gates = rooms.gates();
    this.sasl = new Sasl(rooms.logins());
    this.urls = rooms.urls();
  }

  @Override
  public void serve(Connection connection) throws IOException {
    try (GatesInForce.Visit visit = gates.enter()) {
      var gateKeeper =
          new GateKeeper(visit.gates(), rules.role().port(), rules.limits().recipientsMax());
      new SmtpSession(connection, rules, envelopeCheck, intake, inquiries, gateKeeper, sasl, urls)
          .run();
    }
  }

  @Override
  public boolean asksForCertificates() {
    return rules.logins();
  }

  @Override
  public String busy() {
    return "421 4.3.2 " + rules.hostname() + " Too many connections, try again later\r\n";
  }

  @Override
  public String farewell(Dismissal why) {
    return switch (why) {
      case SERVER_STOPS ->
          "421 4.3.2 " + rules.hostname() + " The server stops, come again in a while\r\n";
      case LOGIN_ENDED -> "421 4.7.0 " + rules.hostname() + " Your login was ended here\r\n";
    };
  }
}
