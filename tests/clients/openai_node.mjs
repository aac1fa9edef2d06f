// Run by Node where the official `openai` package is: arguments: its folder, address, secret, a file of sound.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const [folder, url, secret, sound] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const OpenAI = require("openai").default;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: secret, maxRetries: 0 });
const hello = [{ role: "user", content: "Dites bonjour." }];
const settings = { model: "demeure-chat", messages: hello, max_tokens: 12, temperature: 0, seed: 1 };

const names = [];
for await (const one of await client.models.list()) names.push(one.id);
assert(names.includes("demeure-base"));
const whole = await client.chat.completions.create(settings);
assert(whole.usage.total_tokens > 0);
let text = "";
for await (const chunk of await client.chat.completions.create({ ...settings, stream: true })) {
  text += chunk.choices[0]?.delta?.content ?? "";
}
assert.equal(text, whole.choices[0].message.content);
const vectors = await client.embeddings.create({ model: "demeure-embeddings", input: ["salle", "cantine"] });
assert.equal(vectors.data[1].embedding.length, 384);
const heard = await client.audio.transcriptions.create({
  file: createReadStream(sound),
  model: "whisper-1",
  language: "fr",
});
assert(heard.text);
const based = await client.chat.completions.create({
  model: "demeure-base",
  messages: [{ role: "user", content: "Quel est le tarif de la salle des fêtes ?" }],
  demeure: { spaces: ["Mairie"] },
});
assert(based.demeure.sources.length > 0);
await assert.rejects(client.chat.completions.create({ ...settings, model: "gpt-4" }), OpenAI.NotFoundError);
console.log(JSON.stringify({ text, heard: heard.text, base: based.choices[0].message.content }));
