package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.dkim.DkimRotation;
import org.posthorn.app.dmarc.ReceivedReports;
import org.posthorn.app.dns.ZoneFacts;
import org.posthorn.app.tlsreport.TlsReporter;
import org.posthorn.app.tlsreport.TlsStatistics;
import org.posthorn.mailets.list.Moderation;
import org.posthorn.smtp.inbound.ReceivedTls;
import org.posthorn.smtp.inbound.SendingBrake;
import org.posthorn.smtp.outbound.PolicyFile;
import org.posthorn.smtp.outbound.ZoneDns;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.Repositories;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.backup.Backups;
import org.posthorn.storage.collect.Collector;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.AppPasswords;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.LoginAttacks;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.share.Sharing;
import org.posthorn.storage.story.StoryLog;

/// All that the API can do, in one table.
public final class AdminRoutes {
  private final List<Route> table = new ArrayList<>();

  public AdminRoutes(
      ServerControl server,
      Directory directory,
      AppPasswords appPasswords,
      LoginAttacks attacks,
      Accounts accounts,
      ContentStore contents,
      QueueAdministration queue,
      Repositories repositories,
      Backups backups,
      Collector collector,
      MailSearch search,
      Sharing sharing,
      Moderation moderation,
      SendingBrake brake,
      TlsStatistics tls,
      TlsReporter tlsReporter,
      ReceivedReports dmarcReports,
      ReceivedTls receivedTls,
      Memories memories,
      StoryLog story,
      DkimRotation dkim,
      ZoneFacts zone,
      ZoneDns dns,
      PolicyFile policyFile) {
    var json = new Json();
    table.add(
        new Route("GET", "/", "Every resource of this API.", (_, _) -> AdminAnswer.ok(list())));
    table.addAll(new ServerRoutes(server, directory, accounts, contents, queue, attacks).routes());
    table.addAll(new ChainRoutes(server, directory, json).routes());
    table.addAll(new DomainRoutes(directory, moderation, json).routes());
    table.addAll(new DkimRoutes(dkim, directory, json).routes());
    table.addAll(new DnsRoutes(zone, dkim, dns, policyFile).routes());
    table.addAll(new UserRoutes(directory, accounts, brake, json).routes());
    table.addAll(new AppPasswordRoutes(directory, appPasswords, json).routes());
    table.addAll(new LoginRoutes(directory, attacks).routes());
    table.addAll(new SendingRoutes(directory, brake).routes());
    table.addAll(new QueueRoutes(queue, directory, contents, memories, story, json).routes());
    table.addAll(new QueueOrderRoutes(queue, server::credentials, json).routes());
    table.addAll(new RepositoryRoutes(repositories).routes());
    table.addAll(new MailboxRoutes(directory, accounts, json).routes());
    table.addAll(new SharingRoutes(directory, accounts, sharing, json).routes());
    table.addAll(new PersonalRoutes(directory, json).routes());
    table.addAll(new ListRoutes(directory, moderation, json).routes());
    table.addAll(new BackupRoutes(backups, server.version()).routes());
    table.addAll(new SpaceRoutes(server, directory, accounts, collector).routes());
    table.addAll(new IndexRoutes(search).routes());
    table.addAll(new TlsRoutes(tls, tlsReporter, receivedTls).routes());
    table.addAll(new DmarcRoutes(dmarcReports).routes());
    table.addAll(new TraceRoutes(story).routes());
    table.addAll(new TransferRoutes(directory, accounts, contents, json).routes());
    table.addAll(new HistoryRoutes(directory, accounts, json).routes());
  }

  List<Route> table() {
    return List.copyOf(table);
  }

  private record Resource(String method, String path, String summary, List<String> parameters) {}

  private List<Resource> list() {
    return table.stream()
        .map(r -> new Resource(r.method(), r.pattern(), r.summary(), r.parameters()))
        .toList();
  }
}
