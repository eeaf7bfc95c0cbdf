/** A made-up protocol with the structures of a real one, as printed lines: '' is a gap, '#' begins a page, 'http' a target. */
export const autumn = `#Protokoll Länsgemensam ledning 2032-11-19
1. Välkomna
Vice ordförande Testa Provberg Glad, socialchef i Provby kommun, och Prov Testsson,
psykiatridirektör i Region Exempel län, hälsade alla välkomna till dagens möte.

2. Föregående mötesprotokoll
Ingen hade något att tillföra till protokollet från förra mötet.
Beslut: Protokollet från föregående möte läggs till handlingarna utan tillägg.

3. Ordförande och vice ordförande
Ordförande och vice ordförande i de samordnande grupperna gav en kort lägesrapport från respektive
grupp. Alla handlingsplaner är nu godkända och grupperna arbetar vidare med barn- och
ungdomsfrågor.

#4. Uppföljning av samverkan inom närområdet
Bildspel
Mari-Ann von Provén samordnare Nära vård, Region Exempel län
Maria Exempelsson, utvecklingsledare När vård, Region Exempel län

Under våren följdes länets enheter upp med enkät och dialogmöten. Temat var ”Mycket till få – lagom
till alla”. Materialet finns på Länsgemensam lednings sida under rubriken Gemensamma data.

Länets öppna statistik har varit förebild och den kan läsas här.
https://exempel.example/moten/
https://exempel.example/ledning
https://exempel.example/statistik
#5. Informationspunkter

Gemensam plan för samverkan
Pågående arbete inom Länsgemensam ledning.
Under hösten har planen förankrats i Regionalt ledningsforum och presidiet, och båda har ställt sig
bakom planen. Nu väntar en politisk process i kommunerna och regionen.

Digital provmottagning
Pågående arbete inom samordnade grupp Barn och unga
Verksamheten betalas med gemensamma medel till och med den 31 januari 2033. Därefter tar regionen
över ansvaret

Intensiv provbehandling (IPB)
Pågående arbete inom samordnande grupp Barn och unga.
Projektet har från start betalats med länsgemensamma medel. Vid mötet den 3 oktober diskuterades
målgrupp, bredd och ekonomi.

Efter dialoger i nätverken fastslås att samtliga är positiva till att IPB betalas gemensamt så länge
möjligheten finns.

6. Utskrivningsklara dagar
Bildspel
Lena Testander Prov, utvecklingsledare, Kommunförbundet i Exempel län
Kristin Provbring, utvecklingsledare Äldre, Region Exempel län

Indikatorn är nu 0,8 och ses över varje år. Målet är noll dagar, god vård på rätt nivå och korta
ledtider.
https://exempel.example/moten/
#7. Beslutspunkter

Indikator för utskrivningsklara dagar
Länsgemensam ledning beslutar att fastställa genomsnittsindikatorn för utskrivningsklara dagar för
år 2033 till 0,8.

Byte av deltagare i samordnande grupp Barn och unga
Länsgemensam ledning beslutar att Petra Provstrand barnläkare, barn- och ungdomskliniken Provby, HSF,
RKL, ersätter Charlotta Testén, barn- och ungdomskliniken Exempelvik, HSF, RKL som representant i
samordnade grupp Barn och unga.

Byte av deltagare i samordnande grupp Psykisk hälsa
Länsgemensam ledning beslutar att Simon Provberg, basenhetschef Habiliteringen Söder, HSF, RKL
ersätter Kim Testgren, tidigare basenhetschef habiliteringen norr, RKL, som representant i samordnade
grupp psykisk hälsa.

Byte av deltagare i samordnande grupp Barn och unga
Länsgemensam ledning beslutar att Rebecka af Prov, basenhetschef habiliteringen norr, RKL, ersätter
Kim Testgren, tidigare basenhetschef habiliteringen norr, RKL i samordnande grupp Barn och unga som
representant från samverkansområdesgrupp Hab/Rehab.

8. Ordnat införande för omställning till nära vård
Lena Testander Prov, utvecklingsledare, Kommunförbundet i Exempel län
Maria Exempelsson, utvecklingsledare Nära vård, Region Exempel län

Föredragarna är också sammankallande för arbetsgruppen. Deltagarna fick reflektera i menti och sedan
ge inspel i padlet efter en fördjupad dialog. Underlagen mejlas ut tillsammans med
#protokollet.

#Närvarande ledamöter:
Rune Provsson, Brukarrepresentant
Annelie Testzky, Brukarrepresentant
Susann Prov, Provby kommun
Ann-Katrin Test, Mellanby kommun
Testa Provberg Glad, Provby kommun
Prov Testsson, Region Exempel län





Övriga
Jessika Provselius, Kommunförbundet
Margit Lindprov Johansson,
Kommunförbundet
Lena Testander Prov, Kommunförbundet
Kristin Provbring, Region Exempel län
Mari-Ann von Provén, Region Exempel län
Maria Exempelsson, Region Exempel län`
