import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own Java client as the other side: `produce BROKER TOPIC CODEC COUNT` or `consume BROKER TOPIC COUNT`. */
public class KafkaPeer {
  public static void main(String[] args) throws Exception {
    if (args[0].equals("produce")) produce(args[1], args[2], args[3], Integer.parseInt(args[4]));
    else consume(args[1], args[2], Integer.parseInt(args[3]));
  }

  static String value(int index) {
    return "value " + index + " " + "abc".repeat(20);
  }

  static void produce(String broker, String topic, String codec, int count) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", broker, "compression.type", codec, "linger.ms", 200, "batch.size", 65536);
    try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int index = 0; index < count; index++) {
        producer.send(new ProducerRecord<>(topic, 0, null, value(index).getBytes(StandardCharsets.UTF_8)));
      }
      producer.flush();
    }
  }

  static void consume(String broker, String topic, int count) {
    try (var consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", broker), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      int seen = 0;
      long deadline = System.currentTimeMillis() + 20_000;
      while (seen < count && System.currentTimeMillis() < deadline) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          System.out.println(new String(record.value(), StandardCharsets.UTF_8));
          seen++;
        }
      }
    }
  }
}
